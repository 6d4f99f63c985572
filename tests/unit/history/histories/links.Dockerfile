ARG BASE=bb:base
FROM ${BASE}
RUN echo one > /one
COPY --link a.txt /linked
COPY --chmod=755 run.sh /run.sh
COPY --link --chown=1:1 b.txt /owned
COPY --exclude=*.txt . /some/
RUN --network=none echo net > /net
RUN --mount=type=secret,id=none,required=false true > /secret
WORKDIR /
WORKDIR /new
