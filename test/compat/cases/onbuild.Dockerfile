FROM alpine
ONBUILD COPY --chown=a  x /y/
onbuild run ["a"]
ONBUILD   ENV A=b
