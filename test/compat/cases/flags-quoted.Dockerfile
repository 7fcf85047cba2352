FROM alpine
COPY --chown="a b" a /c/
RUN --mount=type=cache,target='/a b' x
