FROM alpine
RUN echo 'a <<EOF' "<<EOF"
USER x
