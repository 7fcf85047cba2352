FROM alpine
WORKDIR /a\
b/c
ENV A=b\
  C=d
