set -e
python manage.py migrate --noinput
python manage.py collectstatic --noinput
exec python -u manage.py runserver 0.0.0.0:8000
