FROM alpine
CMD cat <<EOF
USER x
