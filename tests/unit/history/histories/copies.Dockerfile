ARG BASE=bb:base
FROM ${BASE} AS src
RUN mkdir -p /out && echo o > /out/o

FROM ${BASE}
WORKDIR /job
COPY a.txt .
COPY *.txt ./
COPY dir dir2/
COPY dir/ .
ADD data.tar /unpacked/
ADD conf/z.conf run.sh /etc/conf/
COPY --chown=1000:1000 run.sh /usr/bin/run.sh
COPY --chown=1:2 a.txt b.txt /owned/
COPY --from=src /out/o /out/
COPY --from=src /out .
COPY run.sh /
