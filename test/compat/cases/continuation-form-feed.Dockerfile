FROM alpine
RUN a \
USER x
