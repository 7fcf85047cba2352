FROM alpine
COPY --user=a a /b/
