FROM alpine
RUN aRUN b
USER x
