FROM alpine
COPY --from=0 --chown=a:b --chmod=755 --link a b /c/
