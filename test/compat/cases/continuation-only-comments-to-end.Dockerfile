FROM alpine
RUN a \
# x

