FROM alpine
RUN cat <<'THE END'
a
THE END
USER x
