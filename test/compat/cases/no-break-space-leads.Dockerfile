FROM alpine
 USER x
