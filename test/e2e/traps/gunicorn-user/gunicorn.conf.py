bind = "0.0.0.0:8000"
group = "www-data"
