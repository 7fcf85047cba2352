FROM alpine AS a
RUN a \
  # c

  b
USER x
