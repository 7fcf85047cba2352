FROM alpine
RUN cat <<- EOF
USER x
