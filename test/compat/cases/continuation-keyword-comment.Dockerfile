FROM alpine
RUN\
# c
 a
USER x
