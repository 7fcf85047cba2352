FROM alpine
RUN docker inspect -f '{{.State}}' x && helm template --set a={{b}}
HEALTHCHECK CMD echo {{.X}}
