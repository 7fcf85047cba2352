FROM alpine
CMD ["a"] b
RUN [ -f /x ] && y
