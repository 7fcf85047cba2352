FROM alpine
CMD ["é", "日\t", "/"]
