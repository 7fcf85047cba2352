# escape=`
FROM alpine
RUN echo ``
USER x
