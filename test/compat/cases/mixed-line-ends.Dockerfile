FROM alpine
RUN a \
 b
USER x
