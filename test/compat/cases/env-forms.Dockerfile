FROM alpine
ENV A=b C="d e" F='g h' I=j\ k L=
ENV M n o  p
ENV Q "r s"
