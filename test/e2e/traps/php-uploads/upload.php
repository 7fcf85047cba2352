<?php
$kept = file_put_contents('/var/www/uploads/cat.txt', file_get_contents('php://input'));
http_response_code($kept === false ? 500 : 200);
echo "$kept bytes kept\n";
