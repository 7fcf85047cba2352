FROM alpine
HEALTHCHECK --interval=5s --retries=3 CMD ["a", "b"]
