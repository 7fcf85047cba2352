FROM alpine
COPY --CHOWN=a a /b/
