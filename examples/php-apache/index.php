<?php
$path = trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/');

if ($path === 'notes' && $_SERVER['REQUEST_METHOD'] === 'POST') {
    $file = __DIR__ . '/uploads/' . date('Ymd-His') . '-' . bin2hex(random_bytes(2)) . '.txt';
    if (file_put_contents($file, file_get_contents('php://input')) === false) {
        http_response_code(500);
        exit("cannot save\n");
    }
    http_response_code(201);
    exit(basename($file) . "\n");
}

if ($path === 'notes') {
    header('Content-Type: application/json');
    exit(json_encode(array_map('basename', glob(__DIR__ . '/uploads/*.txt'))));
}

if ($path !== '') {
    http_response_code(404);
    exit("no page called $path\n");
}
?>
<!doctype html>
<title>Notes</title>
<h1>Notes</h1>
<p>POST text to <code>/notes</code>, read the list at <a href="/notes">/notes</a>.</p>
