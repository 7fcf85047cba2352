FROM alpine
CMD [ "a", \
# why
  "b", \

  "c" ]
USER x
