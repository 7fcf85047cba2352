FROM alpine # c
