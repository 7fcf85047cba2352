FROM alpine
WORKDIR /srv/{{name}}
