FROM alpine
COPY --chown=a ["a b", "c", "/d e/"]
ADD ["x", "/y"]
