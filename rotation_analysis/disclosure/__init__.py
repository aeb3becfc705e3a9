"""The one door: measures become the publication of one edition, or a reason why not.

`gate.publish` takes measures, policy, release history and an edition (audience, cohort or person) and gives a
`publications.Publication`, rounded as printed.  `suppression` and `spans` find what follows by subtraction,
`differencing`, `releases` and `reconstruction` what follows from earlier releases; `facts` and `own_records`
are what stands around the measures.
"""
