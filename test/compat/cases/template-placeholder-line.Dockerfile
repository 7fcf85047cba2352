FROM alpine
__LABELS__
