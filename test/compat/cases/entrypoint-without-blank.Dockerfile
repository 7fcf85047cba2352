FROM alpine
ENTRYPOINT["x"]
