FROM alpine
WORKDIR  
