FROM alpine
LABEL a="café 日本 😀"
RUN echo 😀 \
  x
USER é
