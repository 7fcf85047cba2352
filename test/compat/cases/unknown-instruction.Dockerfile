FROM alpine
RNU x
