<?php
ini_set('session.save_path', '/var/lib/shop/sessions');
session_start();
$_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
echo "visit {$_SESSION['visits']}\n";
