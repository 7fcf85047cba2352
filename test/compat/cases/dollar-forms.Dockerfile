FROM alpine
WORKDIR ${A:-/b}/$C
USER ${U:+x}
ENV A=${B#c} D=${E/f/g}
