FROM alpine AS a
USER x
