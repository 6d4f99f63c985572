# escape=`
ARG BASE=bb:base
FROM ${BASE}
RUN echo one `
    && echo two > /two
COPY a.txt `
     /escape/
ENV WIN=C:\Windows\System32 `
    OTHER="a`"b"
RUN echo back\\slash > /slash
CMD ["cmd"]
