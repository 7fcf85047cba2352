FROM alpine
ARG A
ARG B=c D="e f" G
ARG H=
