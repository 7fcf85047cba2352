FROM alpine
ONBUILD \
  RUN a \
  && b
USER x
