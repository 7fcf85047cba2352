FROM alpine
RUN echo ${X@Q} <<EOF
USER x
