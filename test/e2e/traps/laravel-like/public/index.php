<?php
$base = dirname(__DIR__);
$ok = file_put_contents("$base/bootstrap/cache/config.php", '<?php return [];')
    && file_put_contents("$base/storage/logs/app.log", "GET /\n", FILE_APPEND);
http_response_code($ok ? 200 : 500);
echo $ok ? "cached and logged\n" : "not writable\n";
