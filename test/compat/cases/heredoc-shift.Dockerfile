FROM alpine
RUN echo $((1<<2))
USER x
