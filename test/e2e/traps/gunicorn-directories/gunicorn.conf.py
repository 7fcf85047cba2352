bind = "0.0.0.0:8000"
pidfile = "/run/gunicorn/app.pid"
accesslog = "/var/log/gunicorn/access.log"
worker_tmp_dir = "/run/gunicorn"
