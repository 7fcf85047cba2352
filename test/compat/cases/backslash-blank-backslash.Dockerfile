FROM alpine
RUN sed a\ \
 x
USER x
