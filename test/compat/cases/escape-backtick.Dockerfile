# escape=`
FROM alpine
RUN dir c:\ `
  && echo x
COPY a c:\b\
USER x
