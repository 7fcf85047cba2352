FROM alpine
RUN --mount=type=cache,target=/a \
    --network=none \
  make
