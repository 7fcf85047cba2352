FROM alpine
ENV A b=c
ENV D =e
